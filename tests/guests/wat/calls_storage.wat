;; Reads storage entry "notes"/"first": answers 200 and its value, or 400 and the name of the error.
(alias export $types "storage-entry" (type $storage-entry))
(alias export $types "storage-error" (type $storage-error))
(import "alga:extension/storage" (instance $storage
  (export "storage-entry" (type $entry (eq $storage-entry)))
  (export "storage-error" (type $error (eq $storage-error)))
  (export "get" (func (param "namespace" string) (param "key" string) (result (result $entry (error $error)))))))
(core func $get (canon lower (func $storage "get") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "storage" "get" (func $get (param i32 i32 i32 i32 i32)))
  (data (i32.const 64) "notes" "first")
  ;; Eight bytes for each case of storage-error, and their lengths.
  (data (i32.const 128) "missing\00" "conflict" "denied\00\00" "internal")
  (data (i32.const 160) "\07\08\06\08")
  (func (export "handler") (param $request i32) (result i32)
    (local $case i32)
    (call $get (i32.const 64) (i32.const 5) (i32.const 69) (i32.const 5) (i32.const 256))
    (i32.store8 (i32.const 12) (i32.const 1))
    (if (i32.eqz (i32.load8_u (i32.const 256)))
      (then
        (i32.store16 (i32.const 0) (i32.const 200))
        ;; In `ok` the entry begins at 8, and its value is 16 bytes further.
        (i64.store align=4 (i32.const 16) (i64.load (i32.const 280))))
      (else
        (local.set $case (i32.load8_u (i32.const 264)))
        (i32.store16 (i32.const 0) (i32.const 400))
        (i32.store (i32.const 16) (i32.add (i32.const 128) (i32.shl (local.get $case) (i32.const 3))))
        (i32.store (i32.const 20) (i32.load8_u offset=160 (local.get $case)))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "storage" (instance (export "get" (func $get))))))
