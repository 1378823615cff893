;; Returns a pointer to a response outside its memory.
(core module $guest
  (func (export "handler") (param $request i32) (result i32)
    (i32.const -16)))
(core instance $main (instantiate $guest))
