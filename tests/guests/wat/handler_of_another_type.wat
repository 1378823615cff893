;; Exports a `handler` that takes a number and returns one.
(component
  (core module $guest
    (func (export "handler") (param i32) (result i32) (local.get 0)))
  (core instance $main (instantiate $guest))
  (func (export "handler") (param "number" u32) (result u32)
    (canon lift (core func $main "handler"))))
