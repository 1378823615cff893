;; Never returns: logs "again" for ever, so most of its time is spent in the host.
(import "alga:extension/logging" (instance $logging
  (export "log-info" (func (param "message" string)))))
(core func $log-info (canon lower (func $logging "log-info") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "logging" "log-info" (func $log-info (param i32 i32)))
  (data (i32.const 64) "again")
  (func (export "handler") (param $request i32) (result i32)
    (loop $again
      (call $log-info (i32.const 64) (i32.const 5))
      (br $again))
    unreachable))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "logging" (instance (export "log-info" (func $log-info))))))
