import JobCore
import Platform
import QueueFlowWorker

/// What the stock worker is told: what every worker is, and what its handlers may do.
struct BuiltinSettings: Sendable {
    /// What every worker is told.
    var worker: WorkerSettings
    /// What jobs of type `http.request` may call.
    var httpRequestAllow: [HTTPDestinationRule]
    /// The absolute paths of the commands that jobs of type `exec` may run.
    var execAllow: [String]

    /// Reads them.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    init(_ reader: SettingsReader = .environment()) throws(InvalidSettings) {
        var reader = reader
        worker = WorkerSettings(&reader)
        httpRequestAllow = reader.list(
            .httpRequestAllow,
            default: ["https://*"],
            expected: "scheme://host:port,scheme://host:port"
        ).compactMap { text in
            let rule = HTTPDestinationRule(text)
            if rule == nil {
                reader.refuse(
                    .httpRequestAllow,
                    because: "'\(text)' is not of the form http(s)://host, optionally :port"
                )
            }
            return rule
        }
        execAllow = reader.list(.execAllow, default: [], expected: "/path/to/command,/path/to/command")
        for path in execAllow where !path.hasPrefix("/") {
            reader.refuse(.execAllow, because: "'\(path)' is not an absolute path")
        }
        try reader.finish()
    }
}
