;; Calls `go` of an interface that our package has never had; 204 if anybody answers.
(import "alga:extension/teleport" (instance $teleport (export "go" (func))))
(core func $go (canon lower (func $teleport "go")))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "teleport" "go" (func $go))
  (func (export "handler") (param $request i32) (result i32)
    (call $go)
    (i32.store16 (i32.const 0) (i32.const 204))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "teleport" (instance (export "go" (func $go))))))
