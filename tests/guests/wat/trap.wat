;; Executes `unreachable`, which is also how an uncaught exception of a JavaScript guest ends.
(core module $guest
  (func (export "handler") (param $request i32) (result i32)
    unreachable))
(core instance $main (instantiate $guest))
