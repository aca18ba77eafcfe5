"""What bench/run is made of: the processes it starts, the loads it gives, the figures it takes."""
