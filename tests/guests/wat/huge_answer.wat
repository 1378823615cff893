;; Answers 200 and a body of 2,200 KiB: above the platform's cap of 2 MiB, below what the engine can pass on.
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.store8 (i32.const 12) (i32.const 1))
    (i32.store (i32.const 16)
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2252800)))
    (i32.store (i32.const 20) (i32.const 2252800))
    (memory.fill (i32.load (i32.const 16)) (i32.const 120) (i32.const 2252800))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
