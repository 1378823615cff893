;; Asks for a table of 300,000,000 elements at once, 2.2 GiB, which takes the engine seconds; 200 if it gets it.
(core module $guest
  (import "heap" "memory" (memory 1))
  (table $hoard 1 funcref)
  (func (export "handler") (param $request i32) (result i32)
    (if (i32.eq (table.grow $hoard (ref.null func) (i32.const 300000000)) (i32.const -1)) (then unreachable))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
