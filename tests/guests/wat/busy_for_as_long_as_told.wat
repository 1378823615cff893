;; Counts down from a number in the first 4 bytes of the request's body, in thousands; 200. It means no harm.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func (export "handler") (param $request i32) (result i32)
    (local $left i64)
    (if (i32.load8_u offset=76 (local.get $request))
      (then
        (local.set $left
          (i64.mul (i64.load32_u (i32.load offset=80 (local.get $request))) (i64.const 1000)))))
    (block $done
      (loop $next
        (br_if $done (i64.eqz (local.get $left)))
        (i64.store (i32.const 64) (local.get $left))
        (local.set $left (i64.sub (i64.load (i32.const 64)) (i64.const 1)))
        (br $next)))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
