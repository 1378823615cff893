;; Takes 40 MiB in each of two memories and answers 200: neither is over a limit of 64 MiB, both together are.
(core module $guest
  (import "heap" "memory" (memory $main 1))
  (memory $second 1)
  (func (export "handler") (param $request i32) (result i32)
    (drop (memory.grow $main (i32.const 640)))
    (drop (memory.grow $second (i32.const 640)))
    (i32.store16 $main (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
