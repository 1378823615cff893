;; Answers 200 and a body whose length is -1, which is 4 GiB when read without a sign.
(core module $guest
  (import "heap" "memory" (memory 1))
  (data (i32.const 0)
    "\c8\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\01\00\00\00" "\40\00\00\00" "\ff\ff\ff\ff")
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
