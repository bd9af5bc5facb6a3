import NIOCore

extension TimeAmount {
    /// A duration for a timer: never negative, and at most a hundred years, since deadlines of peers may be longer than timers can hold.
    init(clamping duration: Duration) {
        self = TimeAmount(min(max(duration, .zero), .seconds(100 * 365 * 24 * 3600)))
    }
}
