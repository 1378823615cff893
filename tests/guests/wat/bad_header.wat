;; Answers with a header value that holds CR LF and a second header line.
(core module $guest
  (import "heap" "memory" (memory 1))
  (data (i32.const 64) "x-guest" "a\0d\0aset-cookie: b=c")
  (data (i32.const 0)
    "\c8\00\00\00" "\20\00\00\00" "\01\00\00\00"    ;; status 200, one header at 32
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"    ;; no body
    "\00\00\00\00\00\00\00\00"
    "\40\00\00\00" "\07\00\00\00"                   ;; name: 7 bytes at 64
    "\47\00\00\00" "\12\00\00\00")                  ;; value: 18 bytes at 71
  (func (export "handler") (param $request i32) (result i32)
    (i32.const 0)))
(core instance $main (instantiate $guest (with "heap" (instance $heap))))
