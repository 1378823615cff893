;; Has a memory of 1.5 GiB from the beginning, with bytes at its end, and answers 200.
(core module $guest
  (import "heap" "memory" (memory $main 1))
  (memory $second 24576)
  (data (memory $second) (i32.const 1610612000) "the end")
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 $main (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
