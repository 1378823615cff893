;; Writes 16 MiB of "x" without a line break to standard output, 32 KiB at a time, then answers 200.
(import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
(alias export $errors "error" (type $error))
(import "wasi:io/streams@0.2.0" (instance $streams
  (export "output-stream" (type $out (sub resource)))
  (alias outer 1 $error (type $imported))
  (export "error" (type $e (eq $imported)))
  (type $stream-error' (variant (case "last-operation-failed" (own $e)) (case "closed")))
  (export "stream-error" (type $stream-error (eq $stream-error')))
  (export "[method]output-stream.blocking-write-and-flush"
    (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
(alias export $streams "output-stream" (type $output))
(import "wasi:cli/stdout@0.2.0" (instance $stdout
  (alias outer 1 $output (type $imported))
  (export "output-stream" (type $o (eq $imported)))
  (export "get-stdout" (func (result (own $o))))))
(core func $get (canon lower (func $stdout "get-stdout")))
(core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $memory)))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "wasi" "get" (func $get (result i32)))
  (import "wasi" "write" (func $write (param i32 i32 i32 i32)))
  (func (export "handler") (param $request i32) (result i32)
    (local $stream i32) (local $left i32)
    (memory.fill (i32.const 16384) (i32.const 0x78) (i32.const 32768))
    (local.set $stream (call $get))
    (local.set $left (i32.const 512))
    (loop $more
      (call $write (local.get $stream) (i32.const 16384) (i32.const 32768) (i32.const 1024))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (local.get $left)))
    (i32.store16 (i32.const 0) (i32.const 200))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "wasi" (instance (export "get" (func $get)) (export "write" (func $write))))))
