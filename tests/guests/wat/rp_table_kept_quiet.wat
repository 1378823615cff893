;; Grows two tables by 600,000 elements each and answers 200: neither is over a limit of 1,000,000, both are.
(core module $guest
  (import "heap" "memory" (memory 1))
  (table $first 1 funcref)
  (table $second 1 funcref)
  (func (export "handler") (param $request i32) (result i32)
    (drop (table.grow $first (ref.null func) (i32.const 600000)))
    (drop (table.grow $second (ref.null func) (i32.const 600000)))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
