;; Takes and touches 1 GiB while it is instantiated, then answers 200.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func $start
    (if (i32.eq (memory.grow (i32.const 16384)) (i32.const -1)) (then unreachable))
    (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1073741824)))
  (start $start)
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
