;; Answers 200 and a body of 3 MiB: more than the engine passes on, so the call fails although the guest returned.
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.store8 (i32.const 12) (i32.const 1))
    (i32.store (i32.const 16)
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 3145728)))
    (i32.store (i32.const 20) (i32.const 3145728))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
