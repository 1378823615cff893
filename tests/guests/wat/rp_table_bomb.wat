;; Grows a table to 2,000,000 elements in steps of 10,000, then `unreachable`; so too where growth is refused.
(core module $guest
  (import "heap" "memory" (memory 1))
  (table $hoard 1 funcref)
  (func (export "handler") (param $request i32) (result i32)
    (loop $again
      (if (i32.eq (table.grow $hoard (ref.null func) (i32.const 10000)) (i32.const -1)) (then unreachable))
      (br_if $again (i32.lt_u (table.size $hoard) (i32.const 2000000))))
    unreachable))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
