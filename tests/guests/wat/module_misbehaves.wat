;; A core module that breaks the alloc/handler ABI in the way the first query letter says, or answers 200.
(module
  (import "alga" "log_info" (func $log_info (param i32 i32)))
  (import "alga" "log_error" (func $log_error (param i32 i32)))
  (import "alga" "http.fetch" (func $fetch (param i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (global $request (mut i32) (i32.const 0))
  (data (i32.const 64) "{\"status\":200}")
  (data (i32.const 96) "{\"status\":200")
  (data (i32.const 128) "\ff\fe")
  (data (i32.const 160) "{\"status\":\"ok\"}")
  (data (i32.const 192) "[1]")
  (data (i32.const 224) "{\"status\":200,\"body_b64\":\"%%\"}")
  (data (i32.const 288) "{\"status\":200,\"headers\":{\"a\":1}}")
  (data (i32.const 352) "a line")
  (data (i32.const 384) "{\"url\":\"https://api.example.com/\"}")
  (data (i32.const 448) "{\"url\":7}")
  ;; Room for everything at 1024; the letter of the query decides whether that is what is told.
  (func (export "alloc") (param $size i32) (result i32)
    (local $at i32)
    (if (i32.eq (local.get $size) (i32.const 8)) (then
      (local.set $at (call $letter))
      (if (i32.eq (local.get $at) (i32.const 0x41)) (then (return (i32.const 0))))
      (if (i32.eq (local.get $at) (i32.const 0x42)) (then (return (i32.const -8))))
      (if (i32.eq (local.get $at) (i32.const 0x43)) (then (return (i32.const 262141))))
      (return (i32.const 512))))
    (global.set $request (i32.const 1024))
    (i32.const 1024))
  ;; The byte after the first "?" of the request.
  (func $letter (result i32)
    (local $at i32)
    (local.set $at (i32.const 1024))
    (loop $next
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x3f))
        (then (return (i32.load8_u offset=1 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 8192))))
    (i32.const 0))
  (func $tell (param $answer i32) (param $start i32) (param $length i32) (result i32)
    (i32.store (local.get $answer) (local.get $start))
    (i32.store offset=4 (local.get $answer) (local.get $length))
    (i32.const 0))
  (func (export "handler") (param $request i32) (param $length i32) (param $answer i32) (result i32)
    (local $letter i32)
    (local.set $letter (call $letter))
    (if (i32.eq (local.get $letter) (i32.const 0x44)) ;; D: an answer past the end of memory
      (then (return (call $tell (local.get $answer) (i32.const 262140) (i32.const 5)))))
    (if (i32.eq (local.get $letter) (i32.const 0x45)) ;; E: start plus length wraps around
      (then (return (call $tell (local.get $answer) (i32.const -4) (i32.const 8)))))
    (if (i32.eq (local.get $letter) (i32.const 0x46)) ;; F: a length above every limit
      (then (return (call $tell (local.get $answer) (i32.const 0) (i32.const -1)))))
    (if (i32.eq (local.get $letter) (i32.const 0x47)) ;; G: no JSON
      (then (return (call $tell (local.get $answer) (i32.const 96) (i32.const 13)))))
    (if (i32.eq (local.get $letter) (i32.const 0x48)) ;; H: no UTF-8
      (then (return (call $tell (local.get $answer) (i32.const 128) (i32.const 2)))))
    (if (i32.eq (local.get $letter) (i32.const 0x49)) ;; I: a status in words
      (then (return (call $tell (local.get $answer) (i32.const 160) (i32.const 15)))))
    (if (i32.eq (local.get $letter) (i32.const 0x4a)) ;; J: no object
      (then (return (call $tell (local.get $answer) (i32.const 192) (i32.const 3)))))
    (if (i32.eq (local.get $letter) (i32.const 0x4b)) ;; K: no base64
      (then (return (call $tell (local.get $answer) (i32.const 224) (i32.const 30)))))
    (if (i32.eq (local.get $letter) (i32.const 0x4c)) ;; L: a header that is no text
      (then (return (call $tell (local.get $answer) (i32.const 288) (i32.const 32)))))
    (if (i32.eq (local.get $letter) (i32.const 0x4d)) ;; M: an error number
      (then (return (i32.const 7))))
    (if (i32.eq (local.get $letter) (i32.const 0x4e)) ;; N: a log line outside memory
      (then (call $log_info (i32.const 262140) (i32.const 100))))
    (if (i32.eq (local.get $letter) (i32.const 0x4f)) ;; O: unreachable
      (then unreachable))
    (if (i32.eq (local.get $letter) (i32.const 0x50)) ;; P: never returns
      (then (loop $ever (br $ever))))
    (if (i32.eq (local.get $letter) (i32.const 0x51)) ;; Q: logs twice
      (then
        (call $log_info (i32.const 352) (i32.const 6))
        (call $log_error (i32.const 352) (i32.const 6))))
    (if (i32.eq (local.get $letter) (i32.const 0x52)) ;; R: logs for ever
      (then (loop $again (call $log_info (i32.const 352) (i32.const 6)) (br $again))))
    (if (i32.eq (local.get $letter) (i32.const 0x53)) ;; S: fetches; a refusal is its error number
      (then (return (call $fetched (local.get $answer) (i32.const 384) (i32.const 34)))))
    (if (i32.eq (local.get $letter) (i32.const 0x54)) ;; T: fetches with a request that is none
      (then (return (call $fetched (local.get $answer) (i32.const 448) (i32.const 9)))))
    (call $tell (local.get $answer) (i32.const 64) (i32.const 14)))
  ;; What was fetched is the answer.
  (func $fetched (param $answer i32) (param $start i32) (param $length i32) (result i32)
    (call $fetch (local.get $start) (local.get $length) (local.get $answer))))
