;; A plain core module with the alloc/handler ABI: answers 200 and the body "ok".
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 4096))
  (data (i32.const 64) "{\"status\":200,\"headers\":{\"content-type\":\"text/plain\"},\"body_b64\":\"b2s=\"}")
  (func (export "alloc") (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (global.get $next))
    (global.set $next (i32.add (local.get $start) (local.get $size)))
    (loop $room
      (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
          (br $room))))
    (local.get $start))
  (func (export "handler") (param $request i32) (param $length i32) (param $answer i32) (result i32)
    (i32.store (local.get $answer) (i32.const 64))
    (i32.store offset=4 (local.get $answer) (i32.const 72))
    (i32.const 0)))
