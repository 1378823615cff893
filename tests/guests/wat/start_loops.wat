;; Never comes to the end of being instantiated.
(core module $guest
  (func $start (loop $again (br $again)))
  (start $start)
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest))
