;; Calls the host back where the host asks it for room for the request, which nobody may do.
(import "alga:extension/logging" (instance $logging
  (export "log-info" (func (param "message" string)))))
(core func $log (canon lower (func $logging "log-info") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "logging" "log" (func $log (param i32 i32)))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (call $log (i32.const 64) (i32.const 1))
    (i32.const 4096))
  (func (export "handler") (param $request i32) (result i32)
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "logging" (instance (export "log" (func $log))))))
(alias core export $main "realloc" (core func $own-realloc))
