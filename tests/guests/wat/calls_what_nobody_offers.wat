;; Calls `alga:extension/teleport`, an interface that does not exist, and answers 200.
(import "alga:extension/teleport" (instance $teleport
  (export "beam" (func (param "what" string)))))
(core func $beam (canon lower (func $teleport "beam") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "teleport" "beam" (func $beam (param i32 i32)))
  (func (export "handler") (param $request i32) (result i32)
    (call $beam (i32.const 0) (i32.const 0))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "teleport" (instance (export "beam" (func $beam))))))
