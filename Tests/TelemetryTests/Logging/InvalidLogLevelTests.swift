import Logging
import Telemetry
import Testing

@Suite struct InvalidLogLevelTests {
    @Test(arguments: Logger.Level.allCases)
    func readsEveryLevel(_ level: Logger.Level) throws {
        #expect(try Logger.Level(setting: level.rawValue) == level)
        #expect(try Logger.Level(setting: level.rawValue.uppercased()) == level)
    }

    @Test func saysWhatIsAllowed() {
        let error = #expect(throws: InvalidLogLevel.self) { try Logger.Level(setting: "verbose") }
        #expect(
            error?.description
                == "LOG_LEVEL is \"verbose\"; set it to one of trace, debug, info, notice, warning, error, critical."
        )
    }
}
