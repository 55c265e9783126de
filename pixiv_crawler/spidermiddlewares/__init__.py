"""What happens to the items and requests that a spider yields."""
