;; Waits an hour on the monotonic clock of WASI, then answers 200.
(import "wasi:io/poll@0.2.0" (instance $poll
  (export "pollable" (type (sub resource)))
  (export "[method]pollable.block" (func (param "self" (borrow 0))))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
  (alias outer 1 $pollable (type $imported))
  (export "pollable" (type $p (eq $imported)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
(core func $subscribe (canon lower (func $clock "subscribe-duration")))
(core func $block (canon lower (func $poll "[method]pollable.block")))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "wasi" "subscribe" (func $subscribe (param i64) (result i32)))
  (import "wasi" "block" (func $block (param i32)))
  (func (export "handler") (param $request i32) (result i32)
    (call $block (call $subscribe (i64.const 3600000000000)))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "wasi" (instance (export "subscribe" (func $subscribe)) (export "block" (func $block))))))
