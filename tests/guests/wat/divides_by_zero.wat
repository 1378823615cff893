;; Divides by zero.
(core module $guest
  (func (export "handler") (param $request i32) (result i32)
    (i32.div_u (local.get $request) (i32.const 0))))
(core instance $main (instantiate $guest))
