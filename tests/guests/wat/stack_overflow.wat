;; Recurses without end.
(core module $guest
  (func $deeper (export "handler") (param $request i32) (result i32)
    (i32.add (call $deeper (i32.add (local.get $request) (i32.const 1))) (i32.const 1))))
(core instance $main (instantiate $guest))
