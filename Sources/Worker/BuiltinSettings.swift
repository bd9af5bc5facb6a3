import Foundation
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
    /// Whom they run as; nil for whom the worker runs as.
    var execAccount: ExecAccount?

    /// Reads them.
    ///
    /// - Parameter mayChangeAccount: Whether this process may run commands as another account.
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    init(
        _ reader: SettingsReader = .environment(),
        mayChangeAccount: Bool = geteuid() == 0
    ) throws(InvalidSettings) {
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
        execAccount = reader.optional(.execUser, default: nil, expected: "the name of an account of this machine") {
            ExecAccount($0)
        }
        if execAccount != nil, !mayChangeAccount {
            reader.refuse(.execUser, because: "only a worker that runs as root can run commands as another account")
        }
        try reader.finish()
    }
}
