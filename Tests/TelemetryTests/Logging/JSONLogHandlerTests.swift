import Foundation
import Logging
import Telemetry
import Testing
import Tracing

@Suite struct JSONLogHandlerTests {
    private struct Failure: Error, CustomStringConvertible {
        let description = "the disk said \"no\""
    }

    private func lines(
        level: Logger.Level = .info,
        metadataProvider: Logger.MetadataProvider? = nil,
        _ body: (inout Logger) throws -> Void
    ) async throws -> [String] {
        let pipe = try OutputPipe()
        var logger = Logger(label: "test") { label in
            JSONLogHandler(
                label: label,
                service: "worker",
                level: LogLevel(level),
                metadataProvider: metadataProvider,
                output: pipe.output
            )
        }
        try body(&logger)
        return await pipe.finish()
    }

    @Test func writesItsMembersFirstAndMetadataInOrder() async throws {
        let lines = try await lines { logger in
            logger.info("job completed", metadata: ["queue": "email", "attempt": "1"])
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        let pattern = /\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",(.*)/
        let rest = try #require(line.wholeMatch(of: pattern)).1
        #expect(
            rest
                == #""level":"info","message":"job completed","logger":"test","service":"worker","attempt":"1","queue":"email"}"#
        )
    }

    @Test func timeIsNow() async throws {
        let before = Date()
        let lines = try await lines { $0.info("x") }
        let text = try #require(try jsonObject(lines[0])["time"] as? String)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require(formatter.date(from: text))
        #expect(time >= before.addingTimeInterval(-0.002))
        #expect(time <= Date())
    }

    @Test(arguments: [
        "plain", "", "\"quoted\" and \\ back", "line\nbreak\r\n\ttab", "\u{0}\u{1}\u{1F}\u{7F}", "żółć 🙂 \u{2028}",
        "a\u{301}",
    ])
    func escapesWhatJSONCannotHold(_ text: String) async throws {
        let lines = try await lines { logger in
            logger.info("\(text)", metadata: ["key \(text)": "\(text)"])
        }
        #expect(lines.count == 1)
        let object = try jsonObject(lines[0])
        #expect(object["message"] as? String == text)
        #expect(object["key \(text)"] as? String == text)
    }

    @Test func keepsNumbersBooleansAndNesting() async throws {
        let lines = try await lines { logger in
            logger.info(
                "x",
                metadata: [
                    "integer": .stringConvertible(-42),
                    "large": .stringConvertible(UInt64.max),
                    "double": .stringConvertible(1.5),
                    "infinite": .stringConvertible(Double.infinity),
                    "flag": .stringConvertible(true),
                    "duration": .stringConvertible(Duration.seconds(2)),
                    "list": ["a", ["b"], []],
                    "map": ["z": "1", "a": ["deep": "2"]],
                ]
            )
        }
        let line = try #require(lines.first)
        #expect(line.contains(#""integer":-42,"#))
        #expect(line.contains(#""large":18446744073709551615,"#))
        #expect(line.contains(#""double":1.5,"#))
        #expect(line.contains(#""infinite":"inf","#))
        #expect(line.contains(#""flag":true,"#))
        #expect(line.contains(#""duration":"2.0 seconds","#))
        #expect(line.contains(#""list":["a",["b"],[]],"#))
        #expect(line.contains(#""map":{"a":{"deep":"2"},"z":"1"}"#))
    }

    @Test func nearerMetadataWins() async throws {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "d": "provider"] }
        let lines = try await lines(metadataProvider: provider) { logger in
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "c"] = "logger"
            logger.info("x", metadata: ["b": "statement"])
        }
        let object = try jsonObject(lines[0])
        #expect(object["a"] as? String == "provider")
        #expect(object["b"] as? String == "statement")
        #expect(object["c"] as? String == "logger")
        #expect(object["d"] as? String == "provider")
    }

    @Test func metadataCannotReplaceItsMembers() async throws {
        let lines = try await lines { $0.info("x", metadata: ["level": "mine", "message": "mine"]) }
        let object = try jsonObject(lines[0])
        #expect(object["level"] as? String == "info")
        #expect(object["message"] as? String == "x")
        #expect(object["metadata.level"] as? String == "mine")
        #expect(lines[0].components(separatedBy: #""level":"#).count == 2)
    }

    @Test func namesAnError() async throws {
        let lines = try await lines { $0.error("write failed", error: Failure()) }
        let object = try jsonObject(lines[0])
        #expect(object["error"] as? String == "the disk said \"no\"")
        #expect((object["error_type"] as? String)?.hasSuffix("Failure") == true)
    }

    @Test func leavesOutLowerLevels() async throws {
        let lines = try await lines(level: .warning) { logger in
            logger.debug("1")
            logger.info("2")
            logger.warning("3")
            logger.logLevel = .debug
            logger.debug("4")
            logger.trace("5")
        }
        #expect(try lines.map { try jsonObject($0)["message"] as? String } == ["3", "4"])
    }

    @Test func cutsWhatIsTooLong() async throws {
        let long = String(repeating: "a", count: 16_383) + String(repeating: "🙂", count: 1_000)
        let lines = try await lines { $0.info("x", metadata: ["long": "\(long)"]) }
        let value = try #require(try jsonObject(lines[0])["long"] as? String)
        #expect(value == String(repeating: "a", count: 16_383) + "…")
    }

    @Test func carriesTheActiveTrace() async throws {
        let trace = try #require(TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        var context = ServiceContext.topLevel
        context.traceContext = trace
        let lines = try await lines(metadataProvider: .traceContext) { logger in
            ServiceContext.$current.withValue(context) { logger.info("in") }
            logger.info("out")
        }
        #expect(try jsonObject(lines[0])["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
        #expect(try jsonObject(lines[0])["span_id"] as? String == "b7ad6b7169203331")
        #expect(try jsonObject(lines[1])["trace_id"] == nil)
    }
}
