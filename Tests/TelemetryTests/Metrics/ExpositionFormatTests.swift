import Telemetry
import Testing

@Suite struct ExpositionFormatTests {
    @Test(arguments: [
        ("text/plain", ExpositionFormat.prometheus),
        ("application/openmetrics-text", .openMetrics),
        ("Application/OpenMetrics-Text; Version=1.0.0", .openMetrics),
        ("text/plain;version=0.0.4;q=0.5, application/openmetrics-text;q=0.4", .prometheus),
        ("text/plain, application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text, text/plain", .openMetrics),
        ("application/openmetrics-text;q=0, text/plain;q=0.1", .prometheus),
        ("application/json;q=0.9 , text/plain ; q=0.1", .prometheus),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;"
                + "version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
                + "*/*;q=0.2",
            .openMetrics
        ),
    ])
    func choosesWhatTheScraperPrefers(_ accept: String, _ format: ExpositionFormat) {
        #expect(ExpositionFormat.preferred(byAccept: accept) == format)
    }

    @Test(arguments: ["", "*/*", "text/*", "application/json", "text/html,*/*;q=0.8", "text/plain;q=0", ",;,", ";q=1"])
    func takesNobodyElseForAScraper(_ accept: String) {
        #expect(ExpositionFormat.preferred(byAccept: accept) == nil)
    }
}
