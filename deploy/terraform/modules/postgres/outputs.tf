output "address" {
  description = "Where it is, as host:port."
  value       = aws_db_instance.this.endpoint
}

output "user" {
  description = "QueueFlow's account; the database has the same name."
  value       = aws_db_instance.this.username
}
