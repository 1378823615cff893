;; Asks for 1 GiB at once; `unreachable` where memory is refused, else 200.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (if (i32.eq (memory.grow (i32.const 16384)) (i32.const -1)) (then unreachable))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
