;; Logs 100 lines of 4,096 bytes, which is more than 256 KiB together, then 200.
(import "alga:extension/logging" (instance $logging (export "log-info" (func (param "message" string)))))
(core func $log (canon lower (func $logging "log-info") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "logging" "log-info" (func $log (param i32 i32)))
  (func (export "handler") (param $request i32) (result i32)
    (local $count i32)
    (memory.fill (i32.const 8192) (i32.const 120) (i32.const 4096))
    (loop $again
      (call $log (i32.const 8192) (i32.const 4096))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $count) (i32.const 100))))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.store (i32.const 8) (i32.const 0))
    (i32.store (i32.const 12) (i32.const 0))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "logging" (instance (export "log-info" (func $log))))))
