import Foundation

/// A real S3-speaking server (moto) with nothing in it, which whoever runs the tests has started.
public enum MotoServer {
    /// From `LOGDOG_S3_ENDPOINT`; nil, after saying so, where that is not set.
    public static var endpoint: String? {
        if let endpoint = ProcessInfo.processInfo.environment["LOGDOG_S3_ENDPOINT"] {
            return endpoint
        }
        Vectors.notRun("a store in a bucket", because: "LOGDOG_S3_ENDPOINT is not set")
        return nil
    }
}
