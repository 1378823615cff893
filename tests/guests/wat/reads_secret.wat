;; Reads secret "api_key": answers 200 and its value, or 400 and the name of the error.
(alias export $types "secret-error" (type $secret-error))
(import "alga:extension/secrets" (instance $secrets
  (export "secret-error" (type $error (eq $secret-error)))
  (export "get" (func (param "key" string) (result (result string (error $error)))))))
(core func $get (canon lower (func $secrets "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "secrets" "get" (func $get (param i32 i32 i32)))
  (data (i32.const 64) "api_key")
  ;; Eight bytes for each case of secret-error, and their lengths.
  (data (i32.const 128) "missing\00" "denied\00\00" "expired\00" "internal")
  (data (i32.const 160) "\07\06\07\08")
  (func (export "handler") (param $request i32) (result i32)
    (local $case i32)
    (call $get (i32.const 64) (i32.const 7) (i32.const 256))
    (i32.store8 (i32.const 12) (i32.const 1))
    (if (i32.eqz (i32.load8_u (i32.const 256)))
      (then
        (i32.store16 (i32.const 0) (i32.const 200))
        (i64.store align=4 (i32.const 16) (i64.load align=4 (i32.const 260))))
      (else
        (local.set $case (i32.load8_u (i32.const 260)))
        (i32.store16 (i32.const 0) (i32.const 400))
        (i32.store (i32.const 16) (i32.add (i32.const 128) (i32.shl (local.get $case) (i32.const 3))))
        (i32.store (i32.const 20) (i32.load8_u offset=160 (local.get $case)))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "secrets" (instance (export "get" (func $get))))))
