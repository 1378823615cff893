;; GET: schedules "POST /run" for three in the night; answers 200 and the schedule's id, or 400 and the error.
;; POST: emits "ran" with an empty object; answers 200 and the event's id, or 500.
(import "alga:extension/scheduler" (instance $scheduler
  (type $maybe-text (option string))
  (type $maybe-bool (option bool))
  (type $input (record (field "endpoint" string) (field "cron" string) (field "timezone" $maybe-text)
    (field "enabled" $maybe-bool) (field "name" $maybe-text) (field "payload" $maybe-text)))
  (export "create-schedule-input" (type $named-input (eq $input)))
  (type $result (record (field "success" bool) (field "schedule-id" $maybe-text) (field "error" $maybe-text)
    (field "field-errors" $maybe-text)))
  (export "create-schedule-result" (type $named-result (eq $result)))
  (export "create-schedule" (func (param "input" $named-input) (result $named-result)))))
(import "alga:extension/events" (instance $events
  (type $error (enum "denied" "invalid" "too-large" "quota-exceeded" "internal"))
  (export "error" (type $named-error (eq $error)))
  (export "emit" (func (param "topic" string) (param "payload" string)
    (result (result string (error $named-error)))))))
(core func $create
  (canon lower (func $scheduler "create-schedule") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core func $emit
  (canon lower (func $events "emit") (memory $memory) (realloc $realloc) string-encoding=utf8))
(core module $guest
  (import "heap" "memory" (memory 1))
  (import "scheduler" "create-schedule" (func $create
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "events" "emit" (func $emit (param i32 i32 i32 i32 i32)))
  (data (i32.const 64) "POST /run")
  (data (i32.const 80) "0 3 * * *")
  (data (i32.const 96) "ran{}")
  (func (export "handler") (param $request i32) (result i32)
    (i32.store8 (i32.const 12) (i32.const 0))
    (if (i32.eq (i32.load8_u (i32.load (i32.add (local.get $request) (i32.const 52)))) (i32.const 71))
      (then
        (call $create (i32.const 64) (i32.const 9) (i32.const 80) (i32.const 9)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
          (i32.const 256))
        (i32.store16 (i32.const 0)
          (select (i32.const 200) (i32.const 400) (i32.load8_u (i32.const 256))))
        ;; Optional texts have the layout of the response's optional body.
        (memory.copy (i32.const 12)
          (select (i32.const 260) (i32.const 272) (i32.load8_u (i32.const 256))) (i32.const 12)))
      (else
        (call $emit (i32.const 96) (i32.const 3) (i32.const 99) (i32.const 2) (i32.const 256))
        (i32.store16 (i32.const 0)
          (select (i32.const 500) (i32.const 200) (i32.load8_u (i32.const 256))))
        (if (i32.eqz (i32.load8_u (i32.const 256)))
          (then
            (i32.store8 (i32.const 12) (i32.const 1))
            (i64.store align=4 (i32.const 16) (i64.load align=4 (i32.const 260)))))))
    (i32.const 0)))
(core instance $main (instantiate $guest
  (with "heap" (instance $heap))
  (with "scheduler" (instance (export "create-schedule" (func $create))))
  (with "events" (instance (export "emit" (func $emit))))))
