(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i32) (result i32)))
  (type (;2;) (func (param i32) (result i32)))
  (type (;3;) (func (param i32 i32 i32)))
  (type (;4;) (func))
  (type (;5;) (func (param i64 i64 i64 i64 i64 i32) (result i64)))
  (type (;6;) (func (param i32 i32)))
  (import "host" "helper" (func (;0;) (type 0)))
  (import "host" "allowed" (func (;1;) (type 1)))
  (import "host" "tailCall" (func (;2;) (type 2)))
  (import "host" "stop" (func (;3;) (type 3)))
  (import "host" "endPacket" (func (;4;) (type 4)))
  (import "host" "memory" (memory (;0;) 0 ADDRESS))
  (import "host" "table" (table (;0;) 0 funcref))
  (func (;5;) (type 6) (param i32 i32)
    (local i32 i64 i32 i32 i64 i64 i64 i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    block  ;; label = @1
      loop  ;; label = @2
        local.get 0
        local.get 1
        i32.ge_u
        br_if 1 (;@1;)
        local.get 0
        i32.load align=1
        local.set 4
        local.get 0
        i32.load offset=4 align=1
        local.set 5
        block  ;; label = @3
          local.get 4
          i64.extend_i32_u
          local.tee 6
          local.get 5
          i64.extend_i32_u
          i64.add
          local.set 7
          i32.const ADDRESS
          i32.load offset=8 align=1
          i64.extend_i32_u
          local.set 8
          block  ;; label = @4
            i64.const 0
            local.set 10
            i64.const ADDRESS
            local.set 11
            i64.const 0
            local.set 12
            i64.const 0
            local.set 13
            i64.const 0
            local.set 14
            i64.const 0
            local.set 15
            i64.const 0
            local.set 16
            i64.const 0
            local.set 17
            i64.const 0
            local.set 18
            i64.const 0
            local.set 19
            block  ;; label = @5
              local.get 6
              local.set 12
              local.get 7
              local.set 13
              local.get 12
              local.set 14
              local.get 14
              i64.const 34
              i64.add
              local.set 14
              i64.const 2
              local.set 10
              local.get 14
              local.get 13
              i64.gt_u
              br_if 0 (;@5;)
              local.get 12
              i32.wrap_i64
              i64.load16_u offset=12 align=1
              local.set 15
              local.get 15
              i64.const 8
              i64.ne
              br_if 0 (;@5;)
              i64.const 1
              local.set 10
              br 0 (;@5;)
            end
            local.get 10
            i32.wrap_i64
            local.set 2
            br 1 (;@3;)
            unreachable
          end
          i32.const ADDRESS
          local.get 10
          i64.store align=1
          i32.const ADDRESS
          local.get 11
          i64.store offset=8 align=1
          i32.const ADDRESS
          local.get 12
          i64.store offset=16 align=1
          i32.const ADDRESS
          local.get 13
          i64.store offset=24 align=1
          i32.const ADDRESS
          local.get 14
          i64.store offset=32 align=1
          i32.const ADDRESS
          local.get 15
          i64.store offset=40 align=1
          i32.const ADDRESS
          local.get 16
          i64.store offset=48 align=1
          i32.const ADDRESS
          local.get 17
          i64.store offset=56 align=1
          i32.const ADDRESS
          local.get 18
          i64.store offset=64 align=1
          i32.const ADDRESS
          local.get 19
          i64.store offset=72 align=1
          i32.const ADDRESS
          i64.const ADDRESS
          i64.store offset=80 align=1
          local.get 9
          i32.const ADDRESS
          i32.const 1
          call 3
          unreachable
        end
        local.get 0
        local.get 2
        i32.store offset=8 align=1
        local.get 0
        i32.const 16
        i32.add
        local.set 0
        br 0 (;@2;)
      end
    end)
  (export "run" (func 5)))
