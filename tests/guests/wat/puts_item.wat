;; Creates storage item "notes"/"first" with the request's body: 201 and its key, or 400 and the name of the error.
(import "alga:extension/storage-v2" (instance $storage
  (type $maybe-text (option string))
  (type $maybe-seconds (option u32))
  (type $bytes (list u8))
  (type $condition (variant (case "always") (case "absent") (case "revision" u64)))
  (export "condition" (type $named-condition (eq $condition)))
  (type $error (enum "missing" "conflict" "denied" "invalid" "too-large" "quota-exceeded" "internal"))
  (export "error" (type $named-error (eq $error)))
  (type $item (record
    (field "key" string) (field "value" $bytes) (field "metadata" $maybe-text) (field "revision" u64)
    (field "expires-at" $maybe-text) (field "updated-at" string)))
  (export "item" (type $named-item (eq $item)))
  (type $write (record
    (field "key" string) (field "value" $bytes) (field "metadata" $maybe-text)
    (field "ttl-seconds" $maybe-seconds) (field "condition" $named-condition)))
  (export "write" (type $named-write (eq $write)))
  (export "put" (func (param "namespace" string) (param "write" $named-write)
    (result (result $named-item (error $named-error)))))))
(core func $put (canon lower (func $storage "put") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "storage" "put"
    (func $put (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32)))
  (data (i32.const 64) "notes" "first")
  ;; Sixteen bytes for each case of error, and their lengths.
  (data (i32.const 512) "missing\00\00\00\00\00\00\00\00\00" "conflict\00\00\00\00\00\00\00\00"
    "denied\00\00\00\00\00\00\00\00\00\00" "invalid\00\00\00\00\00\00\00\00\00" "too-large\00\00\00\00\00\00\00"
    "quota-exceeded\00\00" "internal\00\00\00\00\00\00\00\00")
  (data (i32.const 640) "\07\08\06\07\09\0e\08")
  (func (export "handler") (param $request i32) (result i32)
    (local $case i32)
    (call $put
      (i32.const 64) (i32.const 5)
      (i32.const 69) (i32.const 5)
      (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
      ;; No metadata, no time to live; the condition is the second, which carries nothing.
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 1) (i64.const 0)
      (i32.const 256))
    (i32.store8 (i32.const 12) (i32.const 1))
    (if (i32.eqz (i32.load8_u (i32.const 256)))
      (then
        (i32.store16 (i32.const 0) (i32.const 201))
        ;; In `ok` the item begins at 8, and its key with it.
        (i64.store align=4 (i32.const 16) (i64.load (i32.const 264))))
      (else
        (local.set $case (i32.load8_u (i32.const 264)))
        (i32.store16 (i32.const 0) (i32.const 400))
        (i32.store (i32.const 16) (i32.add (i32.const 512) (i32.shl (local.get $case) (i32.const 4))))
        (i32.store (i32.const 20) (i32.load8_u offset=640 (local.get $case)))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "storage" (instance (export "put" (func $put))))))
