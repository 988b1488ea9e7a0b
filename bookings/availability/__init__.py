"""When technicians can be where: working hours, absences, holidays, free times, and what stands against a visit."""
