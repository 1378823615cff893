;; Imports `wasi:http` and sends something past the broker; 200 once that is taken.
(import "wasi:http/outgoing-handler@0.2.0" (instance $http
  (export "handle" (func (param "request" u32)))))
(core func $handle (canon lower (func $http "handle")))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "http" "handle" (func $handle (param i32)))
  (func (export "handler") (param $request i32) (result i32)
    (call $handle (i32.const 0))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "http" (instance (export "handle" (func $handle))))))
