;; Logs bytes that are no UTF-8, then answers 200.
(import "alga:extension/logging" (instance $logging
  (export "log-info" (func (param "message" string)))))
(core func $log (canon lower (func $logging "log-info") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "logging" "log" (func $log (param i32 i32)))
  (data (i32.const 64) "\ff\fe\c0\80")
  (func (export "handler") (param $request i32) (result i32)
    (call $log (i32.const 64) (i32.const 4))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "logging" (instance (export "log" (func $log))))))
