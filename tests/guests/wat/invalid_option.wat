;; Answers 200 and a body that is neither there nor absent: its discriminant is 7.
(core module $guest
  (import "heap" "memory" (memory 1))
  (data (i32.const 0) "\c8\00\00\00" "\00\00\00\00" "\00\00\00\00" "\07\00\00\00")
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
