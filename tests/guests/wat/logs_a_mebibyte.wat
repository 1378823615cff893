;; Logs 128 lines of 8 KiB, one MiB together, and answers 200.
(import "alga:extension/logging" (instance $logging
  (export "log-error" (func (param "message" string)))))
(core func $log (canon lower (func $logging "log-error") (memory $memory) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "logging" "log" (func $log (param i32 i32)))
  (func (export "handler") (param $request i32) (result i32)
    (local $line i32)
    (local $left i32)
    (local.set $line (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8192)))
    (memory.fill (local.get $line) (i32.const 120) (i32.const 8192))
    (local.set $left (i32.const 128))
    (loop $next
      (call $log (local.get $line) (i32.const 8192))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "logging" (instance (export "log" (func $log))))))
