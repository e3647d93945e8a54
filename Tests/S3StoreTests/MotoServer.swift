import Foundation
import TestSupport

/// A real S3-speaking server (moto) with nothing in it, which whoever runs the tests has started.
enum MotoServer {
    /// From `LOGDOG_S3_ENDPOINT`; nil, after saying so, where that is not set.
    static var endpoint: String? {
        if let endpoint = ProcessInfo.processInfo.environment["LOGDOG_S3_ENDPOINT"] {
            return endpoint
        }
        Vectors.notRun("S3Store against a server", because: "LOGDOG_S3_ENDPOINT is not set")
        return nil
    }
}
