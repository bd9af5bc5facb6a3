@_exported public import QueueFlowJobs
