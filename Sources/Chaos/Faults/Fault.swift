import NIOCore

/// Something bad that happens to a process or a link, and passes.
struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// To what.
    enum Target: Hashable, Sendable {
        case node(Node)
        case link(Link)
    }

    /// What happens.
    enum Kind: String, CaseIterable, Hashable, Sendable {
        /// SIGKILL; the process is started again at the end.
        case kill
        /// SIGSTOP, and SIGCONT at the end.
        case freeze
        /// SIGTERM; the process is started again at the end.
        case terminate
        /// Connections are reset, and new ones too.
        case cut
        /// Connections stay open, and nothing passes.
        case silence
        /// Everything comes later.
        case slow
    }

    var target: Target
    var kind: Kind
    /// When it begins, from the beginning of the run.
    var start: Duration
    /// How long it lasts.
    var duration: Duration

    var end: Duration { start + duration }

    var description: String {
        let target =
            switch target {
            case .node(let node): "\(node)"
            case .link(let link): "\(link)"
            }
        return "\(kind.rawValue) \(target) for \(duration.inSeconds) s"
    }

    /// What the proxies do.
    var mode: FaultProxy.Mode {
        switch kind {
        case .silence: .silent
        case .slow: .slow(.milliseconds(300))
        default: .cut
        }
    }
}

extension Duration {
    /// Seconds, for people: one digit behind the point.
    var inSeconds: String {
        let tenths = (self / .milliseconds(100)).rounded()
        return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
    }
}
