;; Answers 200 and 10,000 headers `x: y`.
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "heap" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (data (i32.const 64) "xy")
  (func (export "handler") (param $request i32) (result i32)
    (local $header i32)
    (local $end i32)
    (local.set $header
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 160000)))
    (local.set $end (i32.add (local.get $header) (i32.const 160000)))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.store (i32.const 4) (local.get $header))
    (i32.store (i32.const 8) (i32.const 10000))
    (loop $next
      (i32.store (local.get $header) (i32.const 64))
      (i32.store offset=4 (local.get $header) (i32.const 1))
      (i32.store offset=8 (local.get $header) (i32.const 65))
      (i32.store offset=12 (local.get $header) (i32.const 1))
      (local.set $header (i32.add (local.get $header) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $header) (local.get $end))))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
