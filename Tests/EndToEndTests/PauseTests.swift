import Testing

extension EndToEndTests {
    @Test func aPausedQueueWaitsUntilItIsResumed() async throws {
        try await TestStack.run { stack in
            // Workers serve both queues before one of them is paused.
            for queue in ["paused", "served"] {
                let id = try await stack.submit(#"{"type": "noop", "queue": "\#(queue)"}"#)
                try await stack.wait(for: id, toBe: "completed")
            }
            #expect(try await stack.request("POST", "/queues/paused/pause").json["paused"] as? Bool == true)
            let paused = try await stack.submit(#"{"type": "noop", "queue": "paused"}"#)
            for queue in ["new", "served"] {
                let id = try await stack.submit(#"{"type": "noop", "queue": "\#(queue)"}"#)
                try await stack.wait(for: id, toBe: "completed")
            }
            #expect(try await stack.job(paused).json["state"] as? String == "queued")
            #expect(try await stack.request("POST", "/queues/paused/resume").status == 200)
            try await stack.wait(for: paused, toBe: "completed")
        }
    }
}
