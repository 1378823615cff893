;; 201 for the first call of an instance, `unreachable` for the second: shows who gets an instance again.
(core module $guest
  (import "heap" "memory" (memory 1))
  (global $calls (mut i32) (i32.const 0))
  (func (export "handler") (param $request i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.gt_u (global.get $calls) (i32.const 1)) (then unreachable))
    (i32.store16 (i32.const 0) (i32.const 201))
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
