;; Takes 3 GiB and fills them with one instruction, which no epoch interrupts; 200 if it comes to its end.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (if (i32.eq (memory.grow (i32.const 49152)) (i32.const -1)) (then unreachable))
    (memory.fill (i32.const 65536) (i32.const 1) (i32.const 3221225472))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
