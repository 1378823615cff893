;; Traps while it is instantiated, before any handler is there.
(core module $guest
  (func $start unreachable)
  (start $start)
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest))
