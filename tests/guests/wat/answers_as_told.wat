;; Answers what the body of the request describes, byte for byte (`support.told_answers`); 200 without one.
(core module $guest
  (import "heap" "memory" (memory 1))
  (func $moved (param $at i32) (param $by i32)
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $by))))
  (func (export "handler") (param $request i32) (result i32)
    (local $answer i32)
    (local $header i32)
    (local $left i32)
    (if (i32.eqz (i32.load8_u offset=76 (local.get $request)))
      (then
        (i32.store16 (i32.const 0) (i32.const 200))
        (return (i32.const 0))))
    ;; The body begins with the response; its pointers count from its own beginning. It is moved to a round address.
    (local.set $answer (i32.const 8))
    (memory.copy (i32.const 8) (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request)))
    (local.set $left (i32.load offset=8 (local.get $answer)))
    (call $moved (i32.add (local.get $answer) (i32.const 4)) (local.get $answer))
    (call $moved (i32.add (local.get $answer) (i32.const 16)) (local.get $answer))
    (local.set $header (i32.load offset=4 (local.get $answer)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $moved (local.get $header) (local.get $answer))
        (call $moved (i32.add (local.get $header) (i32.const 8)) (local.get $answer))
        (local.set $header (i32.add (local.get $header) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (local.get $answer)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
