import NIOCore

/// Ends connections whose peer keeps this side busy with frames that lead nowhere.
///
/// Two token buckets. Each ping, settings, priority, continuation, empty data and unknown frame takes a token from the first; since honest
/// peers ping in proportion to the data that flows, each data frame either way gives one back. Resets, streams that end in a protocol
/// error, and those refused for being too many take from the second. Meant for rapid reset (CVE-2023-44487), its cousin that makes the
/// server do the resetting (CVE-2025-8671), and the floods of CVE-2019-9511 to 9518 and CVE-2024-28182.
struct FloodGuard {
    /// How many such frames are taken, in each of the buckets.
    struct Configuration: Sendable {
        /// At once.
        var burst = 1000
        /// Every second, in the long run.
        var perSecond = 100
    }

    private var idle: Bucket
    private var resets: Bucket

    init(configuration: Configuration) {
        idle = Bucket(configuration)
        resets = Bucket(configuration)
    }

    /// Whether the connection may go on after a frame of this header has come.
    mutating func accepts(_ frame: HTTP2FrameHeader, now: @autoclosure () -> NIODeadline = .now()) -> Bool {
        switch frame.type {
        case .headers, .windowUpdate, .goAway: return true
        case .data where frame.length > 0:
            idle.give()
            return true
        case .data where frame.isEndStream: return true
        case .resetStream: return resets.take(now: now())
        default: return idle.take(now: now())
        }
    }

    /// Whether the connection may go on after a stream has ended with `code`.
    mutating func accepts(streamClosedWith code: HTTP2ErrorCode, now: @autoclosure () -> NIODeadline = .now()) -> Bool {
        switch code {
        case .noError, .cancel, .internalError: true
        default: resets.take(now: now())
        }
    }

    /// This side has sent a data frame.
    mutating func sentData() { idle.give() }

    private struct Bucket {
        private let configuration: Configuration
        private var tokens: Double
        private var refilled: NIODeadline?

        init(_ configuration: Configuration) {
            self.configuration = configuration
            tokens = Double(configuration.burst)
        }

        mutating func take(now: NIODeadline) -> Bool {
            if let refilled {
                let seconds = Double((now - refilled).nanoseconds) / 1e9
                tokens = min(Double(configuration.burst), tokens + seconds * Double(configuration.perSecond))
            }
            refilled = now
            tokens -= 1
            return tokens >= 0
        }

        mutating func give() { tokens = min(Double(configuration.burst), tokens + 1) }
    }
}
